import type { ConfigKey } from '../config-def.ts';
import {
  boolean,
  classNamed,
  double,
  int,
  list,
  long,
  password,
  short,
  string,
} from '../config-def.ts';
import { between, listOf, oneOfIgnoringCase } from '../config-rule.ts';

/** SASL logins, Kerberos and OAuth. */
export const saslKeys: readonly ConfigKey[] = [
  int('sasl.server.max.receive.size', 524_288, {
    importance: 'medium',
    doc: 'Bytes that a message may have before its sender has logged in; 512 KiB by default.',
  }),
  string('sasl.mechanism.inter.broker.protocol', 'GSSAPI', {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'SASL mechanism between brokers; GSSAPI by default.',
  }),
  list('sasl.enabled.mechanisms', ['GSSAPI'], {
    rule: listOf([], { empty: true }),
    importance: 'medium',
    mode: 'per-broker',
    doc: 'SASL mechanisms that clients may use; GSSAPI by default.',
  }),
  classNamed('sasl.server.callback.handler.class', null, {
    importance: 'medium',
    doc:
      'Class that checks credentials for a mechanism of a listener; that of the mechanism ' +
      'by default.',
  }),
  list('sasl.kerberos.principal.to.local.rules', ['DEFAULT'], {
    rule: listOf([], { empty: true }),
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Rules that turn Kerberos principals into user names; DEFAULT takes the first part.',
  }),
  password('sasl.jaas.config', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Login modules of SASL in the JAAS format; none by default.',
  }),
  classNamed('sasl.client.callback.handler.class', null, {
    importance: 'medium',
    doc: 'Class that provides credentials to a client; that of the mechanism by default.',
  }),
  classNamed('sasl.login.class', null, {
    importance: 'medium',
    doc: 'Class that logs in; that of the mechanism by default.',
  }),
  classNamed('sasl.login.callback.handler.class', null, {
    importance: 'medium',
    doc: 'Class that provides credentials to the login; that of the mechanism by default.',
  }),
  string('sasl.kerberos.service.name', null, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Kerberos principal that the brokers run as; that of the JAAS settings by default.',
  }),
  string('sasl.kerberos.kinit.cmd', '/usr/bin/kinit', {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Path of the kinit command; /usr/bin/kinit by default.',
  }),
  double('sasl.kerberos.ticket.renew.window.factor', 0.8, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Share of the lifetime of a ticket after which it is renewed; 0.8 by default.',
  }),
  double('sasl.kerberos.ticket.renew.jitter', 0.05, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Share of random time that is added to a renewal; 0.05 by default.',
  }),
  long('sasl.kerberos.min.time.before.relogin', 60_000, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Milliseconds between two tries to renew a ticket; a minute by default.',
  }),
  double('sasl.login.refresh.window.factor', 0.8, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Share of the lifetime of a credential after which it is refreshed; 0.8 by default.',
  }),
  double('sasl.login.refresh.window.jitter', 0.05, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Share of random time that is added to a refresh; 0.05 by default.',
  }),
  short('sasl.login.refresh.min.period.seconds', 60, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Seconds that a credential is used at least before it is refreshed; 60 by default.',
  }),
  short('sasl.login.refresh.buffer.seconds', 300, {
    importance: 'medium',
    mode: 'per-broker',
    doc: 'Seconds before its expiry by which a credential should be refreshed; 300 by default.',
  }),
  int('sasl.login.connect.timeout.ms', null, {
    importance: 'low',
    doc: 'Milliseconds for connecting to an identity provider; that of the runtime by default.',
  }),
  int('sasl.login.read.timeout.ms', null, {
    importance: 'low',
    doc: 'Milliseconds for reading from an identity provider; that of the runtime by default.',
  }),
  long('sasl.login.retry.backoff.max.ms', 10_000, {
    importance: 'low',
    doc: 'Most milliseconds between two logins at an identity provider; 10 s by default.',
  }),
  long('sasl.login.retry.backoff.ms', 100, {
    importance: 'low',
    doc: 'Milliseconds between the first two logins at an identity provider; 100 by default.',
  }),
  classNamed(
    'sasl.oauthbearer.jwt.retriever.class',
    'org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever',
    {
      importance: 'medium',
      doc: 'Class that gets tokens from an identity provider; that of Apache Kafka by default.',
    },
  ),
  classNamed(
    'sasl.oauthbearer.jwt.validator.class',
    'org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator',
    {
      importance: 'medium',
      doc: 'Class that checks tokens of an identity provider; that of Apache Kafka by default.',
    },
  ),
  string('sasl.oauthbearer.scope', null, {
    importance: 'medium',
    doc: 'Scope that a token is asked for; none by default.',
  }),
  string('sasl.oauthbearer.client.credentials.client.id', null, {
    importance: 'medium',
    doc: 'Id of the client that asks for a token; none by default.',
  }),
  password('sasl.oauthbearer.client.credentials.client.secret', null, {
    importance: 'medium',
    doc: 'Secret of the client that asks for a token; none by default.',
  }),
  string('sasl.oauthbearer.assertion.algorithm', 'RS256', {
    rule: oneOfIgnoringCase('ES256', 'RS256'),
    importance: 'medium',
    doc: 'Algorithm that signs an assertion: RS256 or ES256; RS256 by default.',
  }),
  string('sasl.oauthbearer.assertion.claim.aud', null, {
    importance: 'medium',
    doc: 'Audience that an assertion names; none by default.',
  }),
  int('sasl.oauthbearer.assertion.claim.exp.seconds', 300, {
    rule: between(0, 86_400),
    importance: 'low',
    doc: 'Seconds for which an assertion is valid from now on; 300 by default.',
  }),
  string('sasl.oauthbearer.assertion.claim.iss', null, {
    importance: 'medium',
    doc: 'Issuer that an assertion names; none by default.',
  }),
  boolean('sasl.oauthbearer.assertion.claim.jti.include', false, {
    importance: 'medium',
    doc: 'Gives each assertion an id of its own; off by default.',
  }),
  int('sasl.oauthbearer.assertion.claim.nbf.seconds', 60, {
    rule: between(0, 3600),
    importance: 'low',
    doc: 'Seconds for which an assertion has already been valid; 60 by default.',
  }),
  string('sasl.oauthbearer.assertion.claim.sub', null, {
    importance: 'medium',
    doc: 'Subject that an assertion names; none by default.',
  }),
  string('sasl.oauthbearer.assertion.file', null, {
    importance: 'medium',
    doc: 'File with a ready-made assertion; none by default.',
  }),
  string('sasl.oauthbearer.assertion.private.key.file', null, {
    importance: 'medium',
    doc: 'PEM file with the key that signs assertions; none by default.',
  }),
  password('sasl.oauthbearer.assertion.private.key.passphrase', null, {
    importance: 'medium',
    doc: 'Passphrase of the key that signs assertions; none by default.',
  }),
  string('sasl.oauthbearer.assertion.template.file', null, {
    importance: 'medium',
    doc: 'File with further headers and claims of an assertion; none by default.',
  }),
  string('sasl.oauthbearer.scope.claim.name', 'scope', {
    importance: 'low',
    doc: 'Claim that holds the scope; `scope` by default.',
  }),
  string('sasl.oauthbearer.sub.claim.name', 'sub', {
    importance: 'low',
    doc: 'Claim that holds the subject; `sub` by default.',
  }),
  string('sasl.oauthbearer.token.endpoint.url', null, {
    importance: 'medium',
    doc: 'Address at which tokens are asked for; none by default.',
  }),
  string('sasl.oauthbearer.jwks.endpoint.url', null, {
    importance: 'medium',
    doc: 'Address of the keys that verify tokens; none by default.',
  }),
  long('sasl.oauthbearer.jwks.endpoint.refresh.ms', 3_600_000, {
    importance: 'low',
    doc:
      'Milliseconds for which those keys are kept before they are read again; an hour by ' +
      'default.',
  }),
  long('sasl.oauthbearer.jwks.endpoint.retry.backoff.ms', 100, {
    importance: 'low',
    doc: 'Milliseconds between the first two tries to read those keys; 100 by default.',
  }),
  long('sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms', 10_000, {
    importance: 'low',
    doc: 'Most milliseconds between two tries to read those keys; 10 s by default.',
  }),
  int('sasl.oauthbearer.clock.skew.seconds', 30, {
    importance: 'low',
    doc: 'Seconds by which the clock of an identity provider may differ; 30 by default.',
  }),
  list('sasl.oauthbearer.expected.audience', [], {
    rule: listOf([], { empty: true }),
    importance: 'high',
    doc: 'Audiences of which a token must name one; any by default.',
  }),
  string('sasl.oauthbearer.expected.issuer', null, {
    importance: 'high',
    doc: 'Issuer that a token must name; any by default.',
  }),
];
