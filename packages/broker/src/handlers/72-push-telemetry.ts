import type { Handler } from './handler.ts';

/** Version 0 (KIP-714). */
export const pushTelemetry: Handler<'PushTelemetry'> = (request, context, broker) =>
  broker.telemetry.push(request, context);
