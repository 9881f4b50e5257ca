/*
 * CUDA's runtime and driver for a machine without a GPU: memory of the device is the machine's own, and kernels do nothing. So onnxruntime opens
 * sessions, finds a kernel for every node or refuses it, and runs to the end. What comes back are zeros, and no results.
 *
 * CUDA_STAND_IN_FAILURE=N lets the choice of a device fail with CUDA's error N. CUDA_STAND_IN_COUNTS=FILE: at the end of the process a
 * line is added to FILE: kernels, products of matrices, bytes to the device and bytes from it.
 *
 * Functions that are not here have nothing to do: run.js makes them of the names that onnxruntime's part for CUDA asks for, and they
 * return 0, which is success.
 */
#include <cuda_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
  unsigned long kernels, products, up, down;
} counts;

/* What every handle points to. Nothing looks into it. */
static char handle[256];

__attribute__((destructor)) static void write_counts(void) {
  const char *file = getenv("CUDA_STAND_IN_COUNTS");
  FILE *out = file == NULL || counts.kernels + counts.up == 0 ? NULL : fopen(file, "a");
  if (out == NULL) return;
  fprintf(out, "%lu %lu %lu %lu\n", counts.kernels, counts.products, counts.up, counts.down);
  fclose(out);
}

void stand_in_product(void) { __atomic_add_fetch(&counts.products, 1, __ATOMIC_RELAXED); }

/* The device: one of the kind of an H100 (compute capability 9.0, 132 multiprocessors, 80 GB). */

cudaError_t cudaGetDeviceCount(int *count) { return *count = 1, cudaSuccess; }
cudaError_t cudaGetDevice(int *device) { return *device = 0, cudaSuccess; }
cudaError_t cudaSetDevice(int device) {
  const char *failure = getenv("CUDA_STAND_IN_FAILURE");
  if (failure != NULL) return (cudaError_t)atoi(failure);
  return device == 0 ? cudaSuccess : cudaErrorInvalidDevice;
}
cudaError_t cudaDriverGetVersion(int *version) { return *version = CUDART_VERSION, cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int *version) { return *version = CUDART_VERSION, cudaSuccess; }
cudaError_t cudaMemGetInfo(size_t *left, size_t *total) { return *total = 80ul << 30, *left = 79ul << 30, cudaSuccess; }
const char *cudaGetErrorName(cudaError_t error) { return error == cudaSuccess ? "cudaSuccess" : "error of the stand-in"; }
const char *cudaGetErrorString(cudaError_t error) { return cudaGetErrorName(error); }

enum { SHARED = 49152, SHARED_MOST = 232448, REGISTERS = 65536, THREADS = 1024, PER_MULTIPROCESSOR = 2048, L2 = 50 << 20 };

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device) {
  (void)device;
  *properties = (struct cudaDeviceProp){
      .name = "stand-in",
      .major = 9,
      .totalGlobalMem = 80ul << 30,
      .warpSize = 32,
      .multiProcessorCount = 132,
      .sharedMemPerBlock = SHARED,
      .sharedMemPerBlockOptin = SHARED_MOST,
      .sharedMemPerMultiprocessor = SHARED_MOST + 1024,
      .regsPerBlock = REGISTERS,
      .regsPerMultiprocessor = REGISTERS,
      .maxThreadsPerBlock = THREADS,
      .maxThreadsPerMultiProcessor = PER_MULTIPROCESSOR,
      .maxThreadsDim = {THREADS, THREADS, 64},
      .maxGridSize = {2147483647, 65535, 65535},
      .l2CacheSize = L2,
      .memoryPoolsSupported = 1,
  };
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int device) {
  (void)device;
  *value = 0;
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor: *value = 9; break;
    case cudaDevAttrWarpSize: *value = 32; break;
    case cudaDevAttrMultiProcessorCount: *value = 132; break;
    case cudaDevAttrMaxThreadsPerBlock: *value = THREADS; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *value = PER_MULTIPROCESSOR; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *value = SHARED; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = SHARED_MOST; break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *value = SHARED_MOST + 1024; break;
    case cudaDevAttrMaxRegistersPerBlock: *value = REGISTERS; break;
    case cudaDevAttrL2CacheSize: *value = L2; break;
    case cudaDevAttrMemoryPoolsSupported: *value = 1; break;
    default: break;
  }
  return cudaSuccess;
}

/* Memory. What comes from the device is zeros: a buffer that no kernel wrote still holds other numbers. */

static cudaError_t take(void **memory, size_t bytes) {
  size_t whole = (bytes / 256 + 1) * 256;
  *memory = aligned_alloc(256, whole);
  if (*memory == NULL) return cudaErrorMemoryAllocation;
  return cudaSuccess;
}
static cudaError_t give_back(void *memory) { return free(memory), cudaSuccess; }

cudaError_t cudaMalloc(void **memory, size_t bytes) { return take(memory, bytes); }
cudaError_t cudaMallocHost(void **memory, size_t bytes) { return take(memory, bytes); }
cudaError_t cudaHostAlloc(void **memory, size_t bytes, unsigned flags) { return (void)flags, take(memory, bytes); }
cudaError_t cudaMallocFromPoolAsync(void **memory, size_t bytes, cudaMemPool_t pool, cudaStream_t stream) {
  return (void)pool, (void)stream, take(memory, bytes);
}
cudaError_t cudaFree(void *memory) { return give_back(memory); }
cudaError_t cudaFreeHost(void *memory) { return give_back(memory); }
cudaError_t cudaFreeAsync(void *memory, cudaStream_t stream) { return (void)stream, give_back(memory); }

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind) {
  if (kind == cudaMemcpyHostToDevice) counts.up += bytes;
  if (kind == cudaMemcpyDeviceToHost) {
    counts.down += bytes;
    memset(to, 0, bytes);
  } else {
    memmove(to, from, bytes);
  }
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream) {
  return (void)stream, cudaMemcpy(to, from, bytes, kind);
}
cudaError_t cudaMemcpy2DAsync(void *to, size_t to_row, const void *from, size_t from_row, size_t width, size_t rows,
                              enum cudaMemcpyKind kind, cudaStream_t stream) {
  (void)stream;
  for (size_t row = 0; row < rows; row++) cudaMemcpy((char *)to + row * to_row, (const char *)from + row * from_row, width, kind);
  return cudaSuccess;
}
cudaError_t cudaMemcpyFromSymbol(void *to, const void *symbol, size_t bytes, size_t offset, enum cudaMemcpyKind kind) {
  return (void)symbol, (void)offset, (void)kind, memset(to, 0, bytes), cudaSuccess;
}
cudaError_t cudaMemset(void *memory, int value, size_t bytes) { return memset(memory, value, bytes), cudaSuccess; }
cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream) {
  return (void)stream, cudaMemset(memory, value, bytes);
}
cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *attributes, const void *memory) {
  *attributes = (struct cudaPointerAttributes){.type = cudaMemoryTypeDevice, .devicePointer = (void *)memory};
  return cudaSuccess;
}

/* Kernels: their places in the program stand for them. */

static struct { dim3 grid, block; size_t shared; cudaStream_t stream; } pushed;

void **__cudaRegisterFatBinary(void *code) { return (void)code, (void **)handle; }
unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, cudaStream_t stream) {
  pushed.grid = grid, pushed.block = block, pushed.shared = shared, pushed.stream = stream;
  return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, cudaStream_t *stream) {
  *grid = pushed.grid, *block = pushed.block, *shared = pushed.shared, *stream = pushed.stream;
  return cudaSuccess;
}
cudaError_t __cudaGetKernel(cudaKernel_t *kernel, const void *place) { return *kernel = (cudaKernel_t)place, cudaSuccess; }
cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream) {
  (void)kernel, (void)grid, (void)block, (void)arguments, (void)shared, (void)stream;
  __atomic_add_fetch(&counts.kernels, 1, __ATOMIC_RELAXED);
  return cudaSuccess;
}
cudaError_t cudaLaunchKernel(const void *place, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream) {
  return __cudaLaunchKernel((cudaKernel_t)place, grid, block, arguments, shared, stream);
}
cudaError_t cudaLaunchCooperativeKernel(const void *place, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream) {
  return cudaLaunchKernel(place, grid, block, arguments, shared, stream);
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *how, const void *place, void **arguments) {
  return cudaLaunchKernel(place, how->gridDim, how->blockDim, arguments, how->dynamicSmemBytes, how->stream);
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t call, void *data) { return (void)stream, call(data), cudaSuccess; }
cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes *attributes, const void *place) {
  (void)place;
  *attributes = (struct cudaFuncAttributes){.maxThreadsPerBlock = THREADS, .numRegs = 64, .binaryVersion = 90, .ptxVersion = 90};
  return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, const void *place, int threads, size_t shared, unsigned flags) {
  return (void)place, (void)threads, (void)shared, (void)flags, *blocks = 2, cudaSuccess;
}

/* Handles. */

cudaError_t cudaStreamCreate(cudaStream_t *stream) { return *stream = (cudaStream_t)handle, cudaSuccess; }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags) { return (void)flags, cudaStreamCreate(stream); }
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, enum cudaStreamCaptureStatus *status) {
  return (void)stream, *status = cudaStreamCaptureStatusNone, cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) { return (void)stream, *graph = (cudaGraph_t)handle, cudaSuccess; }
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *ready, cudaGraph_t graph, unsigned long long flags) {
  return (void)graph, (void)flags, *ready = (cudaGraphExec_t)handle, cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t *event) { return *event = (cudaEvent_t)handle, cudaSuccess; }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags) { return (void)flags, cudaEventCreate(event); }
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return (void)start, (void)end, *milliseconds = 1, cudaSuccess;
}
cudaError_t cudaMemPoolCreate(cudaMemPool_t *pool, const struct cudaMemPoolProps *properties) {
  return (void)properties, *pool = (cudaMemPool_t)handle, cudaSuccess;
}
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, enum cudaMemPoolAttr attribute, void *value) {
  return (void)pool, (void)attribute, *(unsigned long long *)value = 0, cudaSuccess;
}
cudaError_t cudaLibraryLoadData(cudaLibrary_t *library, const void *code, enum cudaJitOption *options, void **values, unsigned count,
                                enum cudaLibraryOption *more, void **more_values, unsigned more_count) {
  (void)code, (void)options, (void)values, (void)count, (void)more, (void)more_values, (void)more_count;
  return *library = (cudaLibrary_t)handle, cudaSuccess;
}
cudaError_t cudaLibraryGetKernel(cudaKernel_t *kernel, cudaLibrary_t library, const char *name) {
  return (void)library, (void)name, *kernel = (cudaKernel_t)handle, cudaSuccess;
}
static int nothing(void) { return 0; }
cudaError_t cudaGetDriverEntryPointByVersion(const char *symbol, void **function, unsigned version, unsigned long long flags,
                                             enum cudaDriverEntryPointQueryResult *status) {
  (void)symbol, (void)version, (void)flags;
  *function = (void *)nothing;
  if (status != NULL) *status = cudaDriverEntryPointSuccess;
  return cudaSuccess;
}
