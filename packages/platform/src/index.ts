export { MemoryDisk } from './memory/memory-disk.ts';
export { assign, Directory, type NameChange, NameTree } from './memory/name-tree.ts';
export { NodeBackground, serveBackground } from './node/background.ts';
export { NodeClock } from './node/clock.ts';
export { NodeComputing, serveComputing } from './node/computing.ts';
export { NodeDisk } from './node/disk.ts';
export { describeNative } from './node/native.ts';
export { NodeNetwork } from './node/network.ts';
export type { NodeNetworkOptions } from './node/network.ts';
export { nodePlatform } from './node/platform.ts';
export { NodeRandom } from './node/random.ts';
export type {
  Background,
  BackgroundContext,
  BackgroundRun,
  BackgroundStep,
  BackgroundSteps,
  BackgroundTask,
} from './ports/background.ts';
export type { Clock, Timer } from './ports/clock.ts';
export {
  type Computing,
  ComputingError,
  type ComputingPool,
  type ComputingTask,
  type Parcel,
} from './ports/computing.ts';
export { DerivedRandom } from './ports/derived-random.ts';
export type { Disk, DiskFile, FileRange } from './ports/disk.ts';
export type { Address, ConnectOptions, Listener, Network, Piece, Socket } from './ports/network.ts';
export type { Platform } from './ports/platform.ts';
export type { Random } from './ports/random.ts';
export type { TlsOptions } from './ports/tls-options.ts';
export { SteppedBackground } from './ports/stepped-background.ts';
export { SteppedComputing } from './ports/stepped-computing.ts';
