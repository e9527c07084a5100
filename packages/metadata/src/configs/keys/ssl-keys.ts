import type { ConfigKey } from '../config-def.ts';
import { boolean, classNamed, list, long, password, string } from '../config-def.ts';
import { atLeast, listOf, oneOf } from '../config-rule.ts';

/** TLS, principals and delegation tokens. */
export const sslKeys: readonly ConfigKey[] = [
  long('connections.max.reauth.ms', 0, {
    importance: 'medium',
    doc: 'Milliseconds after which a SASL client must log in again; 0 never asks for it.',
  }),
  string('security.providers', null, {
    importance: 'low',
    doc: 'Classes that add security algorithms; none by default.',
  }),
  classNamed(
    'principal.builder.class',
    'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    {
      importance: 'medium',
      mode: 'per-broker',
      doc: 'Class that makes the principal of a connection; that of Apache Kafka by default.',
    },
  ),
  string('ssl.client.auth', 'none', {
    rule: oneOf('required', 'requested', 'none'),
    importance: 'medium',
    mode: 'per-broker',
    doc:
      'Whether clients must show a certificate: `required`, `requested` or `none`; none by ' +
      'default.',
  }),
  string('ssl.principal.mapping.rules', 'DEFAULT', {
    importance: 'low',
    doc:
      'Rules that turn the distinguished name of a certificate into a user name; DEFAULT ' +
      'takes the whole name.',
  }),
  boolean('ssl.allow.dn.changes', false, {
    importance: 'low',
    doc:
      'Lets a certificate be replaced by one with another distinguished name while ' +
      'running; off by default.',
  }),
  boolean('ssl.allow.san.changes', false, {
    importance: 'low',
    doc:
      'Lets a certificate be replaced by one with other alternative names while running; ' +
      'off by default.',
  }),
  string('ssl.protocol', 'TLSv1.3', {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'TLS version that the context is made for; TLSv1.3 by default.',
  }),
  string('ssl.provider', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Name of the security provider for TLS; that of the runtime by default.',
  }),
  list('ssl.enabled.protocols', ['TLSv1.2', 'TLSv1.3'], {
    rule: listOf([], { empty: true }),
    importance: 'medium',
    mode: 'per-broker',
    doc: 'TLS versions that are spoken; TLSv1.2 and TLSv1.3 by default.',
  }),
  string('ssl.keystore.type', 'JKS', {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Format of the key store: JKS, PKCS12 or PEM; JKS by default.',
  }),
  string('ssl.keystore.location', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'File of the key store; none by default.',
  }),
  password('ssl.keystore.password', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Password of the key store; none by default.',
  }),
  password('ssl.key.password', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Password of the private key; none by default.',
  }),
  password('ssl.keystore.key', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Private key itself, in place of a file; none by default.',
  }),
  password('ssl.keystore.certificate.chain', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Certificate chain itself, in place of a file; none by default.',
  }),
  string('ssl.truststore.type', 'JKS', {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Format of the trust store: JKS, PKCS12 or PEM; JKS by default.',
  }),
  string('ssl.truststore.location', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'File of the trust store; none by default.',
  }),
  password('ssl.truststore.password', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc:
      'Password of the trust store, without which its integrity is not checked; none by ' +
      'default.',
  }),
  password('ssl.truststore.certificates', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Trusted certificates themselves, in place of a file; none by default.',
  }),
  string('ssl.keymanager.algorithm', 'SunX509', {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Algorithm that finds the key; SunX509 by default.',
  }),
  string('ssl.trustmanager.algorithm', 'PKIX', {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Algorithm that finds whom to trust; PKIX by default.',
  }),
  string('ssl.endpoint.identification.algorithm', 'https', {
    importance: 'low',
    mode: 'per-broker',
    doc: 'How a host name is held against its certificate; https by default, empty does not look.',
  }),
  string('ssl.secure.random.implementation', null, {
    importance: 'low',
    mode: 'per-broker',
    doc: 'Source of random numbers for TLS; that of the runtime by default.',
  }),
  list('ssl.cipher.suites', [], {
    rule: listOf([], { empty: true }),
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Cipher suites that may be used; all that the runtime offers by default.',
  }),
  classNamed('ssl.engine.factory.class', null, {
    importance: 'low',
    mode: 'per-broker',
    doc: 'Class that makes TLS engines; that of Apache Kafka by default.',
  }),
  password('delegation.token.secret.key', null, {
    importance: 'medium',
    doc: 'Secret that signs delegation tokens, the same on every node; without one there are none.',
  }),
  long('delegation.token.max.lifetime.ms', 604_800_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc: 'Milliseconds beyond which a delegation token cannot be renewed; a week by default.',
  }),
  long('delegation.token.expiry.time.ms', 86_400_000, {
    rule: atLeast(1),
    importance: 'medium',
    doc:
      'Milliseconds for which a delegation token is valid before it must be renewed; a day ' +
      'by default.',
  }),
  long('delegation.token.expiry.check.interval.ms', 3_600_000, {
    rule: atLeast(1),
    importance: 'low',
    doc: 'Milliseconds between two looks for expired delegation tokens; an hour by default.',
  }),
];
