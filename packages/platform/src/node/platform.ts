import type { Platform } from '../ports/platform.ts';
import { NodeBackground } from './background.ts';
import { NodeClock } from './clock.ts';
import { NodeComputing } from './computing.ts';
import { NodeDisk } from './disk.ts';
import { NodeNetwork } from './network.ts';
import { NodeRandom } from './random.ts';

/** The real one. `lockTable` is what `/proc/locks` held a moment ago, for those who have read it already. */
export function nodePlatform(lockTable?: string): Platform {
  return {
    clock: new NodeClock(),
    random: new NodeRandom(),
    disk: new NodeDisk(lockTable),
    network: new NodeNetwork(),
    background: new NodeBackground(),
    computing: new NodeComputing(),
  };
}
