import type { ConfigKey } from '../config-def.ts';
import { int, list, long, string } from '../config-def.ts';
import { atLeast, listOf } from '../config-rule.ts';

/** Listeners, sockets and connections. */
export const networkKeys: readonly ConfigKey[] = [
  list('listeners', ['PLAINTEXT://:9092'], {
    rule: listOf([]),
    importance: 'high',
    mode: 'per-broker',
    doc:
      'Addresses that this process listens on, as `name://host:port`; an empty host is ' +
      'every interface, `PLAINTEXT://:9092` by default.',
  }),
  list('advertised.listeners', null, {
    rule: listOf([], { null: true }),
    importance: 'high',
    doc:
      'Addresses that clients and other brokers are told to use; the listeners themselves ' +
      'by default.',
  }),
  string(
    'listener.security.protocol.map',
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    {
      importance: 'low',
      mode: 'per-broker',
      doc:
        'Security protocol of each listener name, as `name:protocol`; by default each ' +
        'protocol is a name of its own.',
    },
  ),
  int('socket.send.buffer.bytes', 102_400, {
    importance: 'high',
    doc:
      'Bytes of the send buffer of server sockets; 100 KiB by default, -1 leaves it to the ' +
      'system.',
  }),
  int('socket.receive.buffer.bytes', 102_400, {
    importance: 'high',
    doc:
      'Bytes of the receive buffer of server sockets; 100 KiB by default, -1 leaves it to ' +
      'the system.',
  }),
  int('socket.request.max.bytes', 104_857_600, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Bytes that one request may have; 100 MiB by default.',
  }),
  int('socket.listen.backlog.size', 50, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Connections that may wait to be accepted; 50 by default.',
  }),
  int('max.connections.per.ip', 2_147_483_647, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Connections that one address may have open; any number by default.',
  }),
  string('max.connections.per.ip.overrides', '', {
    importance: 'medium',
    mode: 'cluster-wide',
    doc: 'Connections for single addresses, as `host:number`; none by default.',
  }),
  int('max.connections', 2_147_483_647, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Connections that may be open in all, settable for one listener too; any number by ' +
      'default.',
  }),
  int('max.connection.creation.rate', 2_147_483_647, {
    rule: atLeast(0),
    importance: 'medium',
    mode: 'cluster-wide',
    doc:
      'Connections that are accepted in a second, settable for one listener too; any ' +
      'number by default.',
  }),
  long('connections.max.idle.ms', 600_000, {
    importance: 'medium',
    doc: 'Milliseconds without traffic after which a connection is closed; ten minutes by default.',
  }),
  int('connection.failed.authentication.delay.ms', 100, {
    rule: atLeast(0),
    importance: 'low',
    doc: 'Milliseconds that a failed login waits for its answer, against guessing; 100 by default.',
  }),
  int('queued.max.requests', 500, {
    rule: atLeast(1),
    importance: 'high',
    doc: 'Requests that may wait for a worker before reading stops; 500 by default.',
  }),
  long('queued.max.request.bytes', -1, {
    importance: 'medium',
    doc: 'Bytes of requests that may wait before reading stops; -1 sets no limit.',
  }),
  int('num.network.threads', 3, {
    rule: atLeast(1),
    importance: 'high',
    mode: 'cluster-wide',
    doc: 'Threads that read from and write to sockets, for each listener; 3 by default.',
  }),
];
