import { KafkaClientError } from '../client-error.ts';

export interface RecoveryOptions {
  readonly strategy: 'rebootstrap' | 'none';
  /** How long metadata may fail before what is known of the brokers is given up. */
  readonly triggerMs: number;
}

/** Decides when the brokers that are known are given up for the bootstrap servers (KIP-899, KIP-1102). */
export class MetadataRecovery {
  readonly #options: RecoveryOptions;
  #failingSince: number | null = null;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** The bootstrap servers may be asked again after the first metadata. */
  get isAllowed(): boolean {
    return this.#options.strategy === 'rebootstrap';
  }

  succeeded(): void {
    this.#failingSince = null;
  }

  /** True: begin anew. A broker may say so itself. */
  failed(error: unknown, now: number): boolean {
    if (!this.isAllowed) return false;
    this.#failingSince ??= now;
    const isTold = error instanceof KafkaClientError && error.code === 'REBOOTSTRAP_REQUIRED';
    if (!isTold && now - this.#failingSince < this.#options.triggerMs) return false;
    this.#failingSince = null;
    return true;
  }
}
