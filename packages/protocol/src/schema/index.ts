export {
  type Api,
  type ApiOptions,
  api,
  type ListenerKind,
  requestHeaderVersion,
  responseHeaderVersion,
} from './api.ts';
export { UnsupportedFieldError } from './compile-writer.ts';
export * from './field.ts';
export {
  type Decoded,
  type Encodable,
  MalformedMessageError,
  Message,
  type MessageOptions,
  message,
} from './message.ts';
export { INT64_MAX, INT64_MIN, Reader } from './reader.ts';
export { ZERO_UUID } from './version-view.ts';
export { type Chunk, type UnreadBytes, Writer } from './writer.ts';
