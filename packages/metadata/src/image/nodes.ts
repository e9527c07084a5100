/** Where a listener can be reached. */
export interface ListenerEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number;
}

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** A registered broker. Never changed in place. */
export interface BrokerImage {
  readonly id: number;
  /** The offset of the registration's record; a newer registration of the same id has a higher one. */
  readonly epoch: number;
  /** New for each start of the broker. */
  readonly incarnationId: string;
  /** By listener name. */
  readonly listeners: ReadonlyMap<string, ListenerEndpoint>;
  readonly features: ReadonlyMap<string, VersionRange>;
  readonly rack: string | null;
  /** Fenced brokers serve no clients and lead nothing. */
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  readonly isMigratingZkBroker: boolean;
  /** The ids of its log directories that are online. */
  readonly directories: readonly string[];
  /** Directories that take no new replicas (KIP-1066); null where the broker doesn't tell. */
  readonly cordonedDirectories: readonly string[] | null;
}

export interface ControllerImage {
  readonly id: number;
  readonly incarnationId: string;
  readonly zkMigrationReady: boolean;
  readonly listeners: ReadonlyMap<string, ListenerEndpoint>;
  readonly features: ReadonlyMap<string, VersionRange>;
}
