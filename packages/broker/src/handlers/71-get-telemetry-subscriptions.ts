import type { Handler } from './handler.ts';

/** Version 0 (KIP-714). */
export const getTelemetrySubscriptions: Handler<'GetTelemetrySubscriptions'> = (
  request,
  context,
  broker,
) => broker.telemetry.getSubscriptions(request, context);
