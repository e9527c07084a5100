import { int16, int32, string } from '../schema/field.ts';
import { message } from '../schema/message.ts';

export const requestHeader = message({
  name: 'RequestHeader',
  versions: [1, 2],
  flexible: 2,
  fields: {
    requestApiKey: int16,
    requestApiVersion: int16,
    correlationId: int32,
    clientId: string.nullable().inflexible(),
  },
});

export const responseHeader = message({
  name: 'ResponseHeader',
  versions: [0, 1],
  flexible: 1,
  fields: {
    correlationId: int32,
  },
});
