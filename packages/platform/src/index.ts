export type { Clock, Timer } from './ports/clock.ts';
export type { Disk, DiskFile } from './ports/disk.ts';
export type { Address, Listener, Network, Socket } from './ports/network.ts';
export type { Random } from './ports/random.ts';
