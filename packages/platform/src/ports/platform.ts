import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import type { Computing } from './computing.ts';
import type { Disk } from './disk.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';

/** What a program stands on. */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  readonly background: Background;
  readonly computing: Computing;
}
