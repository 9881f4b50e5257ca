/* cuBLAS and cuBLASLt for a machine without a GPU; see cudart.c. A product is counted and leaves its result as it was. */
#include <stddef.h>

void stand_in_product(void);

static char handle[256];

static int make(void **made) { return *made = handle, 0; }
static int product(void) { return stand_in_product(), 0; }

int cublasCreate_v2(void **made) { return make(made); }
int cublasGetMathMode(void *library, int *mode) { return (void)library, *mode = 0, 0; }
const char *cublasGetStatusName(int status) { return (void)status, "status of the stand-in"; }
const char *cublasGetStatusString(int status) { return cublasGetStatusName(status); }
int cublasSgemm_v2(void) { return product(); }
int cublasDgemm_v2(void) { return product(); }
int cublasGemmEx(void) { return product(); }
int cublasGemmBatchedEx(void) { return product(); }
int cublasGemmStridedBatchedEx(void) { return product(); }
int cublasSgemmStridedBatched(void) { return product(); }
int cublasSgemmBatched(void) { return product(); }

int cublasLtCreate(void **made) { return make(made); }
int cublasLtMatmul(void) { return product(); }
int cublasLtMatmulDescCreate(void **made) { return make(made); }
int cublasLtMatrixLayoutCreate(void **made) { return make(made); }
int cublasLtMatmulPreferenceCreate(void **made) { return make(made); }
int cublasLtMatrixTransformDescCreate(void **made) { return make(made); }
int cublasLtMatmulAlgoGetHeuristic(void *library, void *operation, void *a, void *b, void *c, void *d, void *wish, int asked, void *found,
                                   int *count) {
  (void)library, (void)operation, (void)a, (void)b, (void)c, (void)d, (void)wish, (void)asked, (void)found;
  return *count = 1, 0;
}
