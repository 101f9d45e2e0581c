/** @file The few messages of TensorFlow that a SavedModel needs (tensorflow/core/{framework,protobuf}/*.proto), by field number. */

import protobuf from 'protobufjs';

const schema = `
syntax = "proto3";
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; }
message AttrValue {
  message ListValue { repeated int64 i = 3; }
  oneof value {
    ListValue list = 1;
    bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; TensorShapeProto shape = 7; TensorProto tensor = 8;
  }
}
message NodeDef { string name = 1; string op = 2; repeated string input = 3; string device = 4; map<string, AttrValue> attr = 5; }
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message GraphDef { repeated NodeDef node = 1; VersionDef versions = 4; }
message MetaInfoDef { repeated string tags = 4; }
message MetaGraphDef { MetaInfoDef meta_info_def = 1; GraphDef graph_def = 2; }
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
`;

const savedModel = protobuf.parse(schema, { keepCase: true }).root.lookupType('SavedModel');

/** Exactly one field is set, as the protocol's oneof wants. */
export type Attribute =
  | { s: Uint8Array }
  | { i: number }
  | { f: number }
  | { b: boolean }
  | { type: number }
  | { list: { i: number[] } }
  | { shape: { dim: { size: number }[] } }
  | { tensor: { dtype: number; tensor_shape: { dim: { size: number }[] }; tensor_content: Uint8Array } };

export interface NodeDef {
  name: string;
  op: string;
  /** `name:output` for data, `^name` for a control dependency. */
  input: string[];
  attr: Record<string, Attribute>;
}

/** Bytes of saved_model.pb with one graph under the tag `serve`. */
export function encodeSavedModel(nodes: NodeDef[]): Uint8Array {
  // a producer version of 2024: newer than every change of meaning that concerns these operations
  const graph_def = { node: nodes, versions: { producer: 1882, min_consumer: 0 } };
  const model = {
    saved_model_schema_version: 1,
    meta_graphs: [{ meta_info_def: { tags: ['serve'] }, graph_def }],
  };
  return savedModel.encode(model).finish();
}

export const shapeProto = (shape: readonly number[]): { dim: { size: number }[] } => ({
  dim: shape.map((size) => ({ size })),
});
