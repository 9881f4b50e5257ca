"""Prints the bytes that test/onnx/protobuf.test.ts expects, as hexadecimal: the model built there, written by the onnx package.

Made with onnx 1.23.1. Run: python onnx_bytes.py
"""

from onnx import GraphProto, OperatorSetIdProto, TensorProto, helper


def node(op, inputs, outputs, domain="", **attributes):
    return helper.make_node(op, inputs, outputs, name=outputs[0], domain=domain or None, **attributes)


weight = TensorProto(name="weight", dims=[3, 2], data_type=TensorProto.BFLOAT16, data_location=TensorProto.EXTERNAL)
for key, value in {"location": "model.safetensors", "offset": "264", "length": "12"}.items():
    entry = weight.external_data.add()
    entry.key, entry.value = key, value
bias = helper.make_tensor("bias_2", TensorProto.FLOAT, [3], bytes.fromhex("0000803f00000040000040c0"), raw=True)

graph = GraphProto(name="graph")
graph.node.extend([
    node("Cast", ["weight"], ["Cast_3"], to=TensorProto.FLOAT),
    node("Gemm", ["x", "Cast_3", "bias_2"], ["Gemm_4"], transB=1),
    node("QuickGelu", ["Gemm_4"], ["QuickGelu_5"], domain="com.microsoft", alpha=1.5),
    node("Transpose", ["QuickGelu_5"], ["y"], perm=[1, 0]),
])
graph.node[3].name = "Transpose_6"
graph.initializer.extend([weight, bias])
graph.input.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 2]))
graph.output.append(helper.make_tensor_value_info("y", TensorProto.FLOAT, [3, "rows"]))
model = helper.make_model(graph, producer_name="langbridge", ir_version=10,
                          opset_imports=[OperatorSetIdProto(version=20), helper.make_opsetid("com.microsoft", 1)])
print(model.SerializeToString().hex())
