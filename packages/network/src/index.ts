export {
  ClientConnection,
  type ClientConnectionOptions,
  ConnectionError,
  type ConnectionFailure,
  type Exchange,
  type ExchangeObserver,
  type Outgoing,
} from './connection/client-connection.ts';
export {
  type ListenOptions,
  type RequestContext,
  type ServedApi,
  Server,
  type ServerOptions,
} from './connection/server.ts';
export type { ServerConnection } from './connection/server-connection.ts';
export { FrameReader, FrameSizeError } from './framing/frame-reader.ts';
export { encodeRequest } from './framing/request.ts';
export { encodeResponse } from './framing/response.ts';
export type { BearerToken } from './sasl/oauth-bearer.ts';
export { proveIdentity, type SaslCarrier, type SaslCredentials } from './sasl/exchange.ts';
export { SaslError } from './sasl/sasl-error.ts';
