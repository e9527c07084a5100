import type { ControllerApi } from '@tidelog/metadata';
import type { Handler } from './handler.ts';

/** A request that the active controller decides; answered when its records are committed and applied. */
export function forward<A extends ControllerApi>(api: A): Handler<A> {
  return (request, context, broker) => broker.metadata.submit(api, request, context.apiVersion);
}
