import { api } from '../schema/api.ts';
import { bool, bytes, int16, int32, int8, uuid } from '../schema/field.ts';

/** Pushes the metrics of a client (KIP-714). */
export const pushTelemetry = api({
  key: 72,
  name: 'PushTelemetry',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker'],
  request: () => ({
    clientInstanceId: uuid,
    subscriptionId: int32,
    terminating: bool,
    compressionType: int8,
    metrics: bytes,
  }),
  response: () => ({
    throttleTimeMs: int32.default(0),
    errorCode: int16,
  }),
});
