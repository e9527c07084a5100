export interface DefaultOptions {
  readonly port: number;
  readonly dataDirectory: string;
}

/**
 * The properties of a node that stands alone: broker and controller in one, one replica of everything.
 * A file or `-X` goes over them. Everything else has Apache Kafka's defaults.
 */
export function defaultProperties({ port, dataDirectory }: DefaultOptions): Map<string, string> {
  const controllerPort = port === 0 ? 0 : port + 1;
  return new Map([
    ['process.roles', 'broker,controller'],
    ['node.id', '1'],
    ['listeners', `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`],
    ['controller.listener.names', 'CONTROLLER'],
    ['controller.quorum.bootstrap.servers', `127.0.0.1:${controllerPort}`],
    ['log.dirs', dataDirectory],
    ['offsets.topic.replication.factor', '1'],
    ['transaction.state.log.replication.factor', '1'],
    ['transaction.state.log.min.isr', '1'],
    ['share.coordinator.state.topic.replication.factor', '1'],
    ['share.coordinator.state.topic.min.isr', '1'],
  ]);
}
