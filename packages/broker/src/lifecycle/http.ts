import { type BrokerConfig, HTTP_LISTENER_CONFIG } from '@tidelog/metadata';
import type { HttpListener, HttpPages } from '../metrics/http-listener.ts';
import { StartupError } from '../startup-error.ts';

const LOCAL = '127.0.0.1';

/** Opens the HTTP listener that the configuration asks for, if any. Throws a StartupError. */
export async function openHttp(
  config: BrokerConfig,
  pages: HttpPages,
): Promise<HttpListener | null> {
  const text = config.getString(HTTP_LISTENER_CONFIG) ?? '';
  if (text === '') return null;
  const colon = text.lastIndexOf(':');
  const host = colon === -1 ? LOCAL : text.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(text.slice(colon + 1));
  if (!/^\d+$/.test(text.slice(colon + 1)) || port > 65_535) {
    throw new StartupError(`${HTTP_LISTENER_CONFIG} is ${text}: it takes host:port or a port`);
  }
  // Loaded here: most brokers, and all that start in a test, do without.
  const { HttpListener: Http } = await import('../metrics/http-listener.ts');
  try {
    return await Http.listen({ host: host === '' ? '0.0.0.0' : host, port }, pages);
  } catch (error) {
    throw new StartupError(`cannot serve HTTP on ${text}: ${(error as Error).message}`);
  }
}
