import type { Platform } from '../ports/platform.ts';
import { NodeBackground } from './background.ts';
import { NodeClock } from './clock.ts';
import { NodeComputing } from './computing.ts';
import { NodeDisk } from './disk.ts';
import { NodeNetwork } from './network.ts';
import { NodeRandom } from './random.ts';

/** The real one. */
export function nodePlatform(): Platform {
  return {
    clock: new NodeClock(),
    random: new NodeRandom(),
    disk: new NodeDisk(),
    network: new NodeNetwork(),
    background: new NodeBackground(),
    computing: new NodeComputing(),
  };
}
