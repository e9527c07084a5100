import { type Client, type ClientOptions, createClient } from '@tidelog/client';
import type { World } from '../world/world.ts';
import { BOOTSTRAP } from './broker-crash/server.ts';

/** How long a broker may take until everything that was asked for is done (simulated). */
export const PATIENCE_MS = 300_000;

/** A client of our own on a machine of that name, which says nothing and has patience. */
export function connect(world: World, name: string, more: Partial<ClientOptions> = {}): Client {
  return createClient({
    bootstrapServers: BOOTSTRAP,
    platform: world.machine(name).boot(),
    clientId: name,
    apiTimeoutMs: PATIENCE_MS,
    logger: {},
    ...more,
  });
}
