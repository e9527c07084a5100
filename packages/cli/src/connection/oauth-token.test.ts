import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OAuthBearerToken } from '@tidelog/client';
import { securityOptions } from './security-properties.ts';

const directory = mkdtempSync(join(tmpdir(), 'tidelog-token-'));
const asked: { authorization: string | undefined; body: string }[] = [];
let answer: { status: number; body: string };
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization, body });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
});

afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

function tokenBy(properties: Record<string, string>): Promise<OAuthBearerToken> {
  const all = { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER', ...properties };
  const { sasl } = securityOptions(new Map(Object.entries(all))) as {
    sasl: { token: () => Promise<OAuthBearerToken> };
  };
  return sasl.token();
}

const client = {
  'sasl.oauthbearer.client.id': 'me',
  'sasl.oauthbearer.client.secret': 'a:b',
  'sasl.oauthbearer.scope': 'kafka',
};

it('is asked for by id and secret', async () => {
  answer = { status: 200, body: '{"access_token":"t","expires_in":60}' };
  const before = Date.now();
  const token = await tokenBy({ 'sasl.oauthbearer.token.endpoint.url': url, ...client });
  expect(token.value).toBe('t');
  expect(token.lifetimeMs).toBeGreaterThanOrEqual(before + 60_000);
  expect(asked.at(-1)).toEqual({
    authorization: `Basic ${Buffer.from('me:a%3Ab').toString('base64')}`,
    body: 'grant_type=client_credentials&scope=kafka',
  });
});

it('is told to be missing', async () => {
  answer = { status: 401, body: '{"error":"invalid_client"}' };
  const token = tokenBy({ 'sasl.oauthbearer.token.endpoint.url': url, ...client });
  await expect(token).rejects.toThrow('invalid_client');
});

it('is read from a file', async () => {
  const file = join(directory, 'token');
  const properties = { 'sasl.oauthbearer.token.endpoint.url': pathToFileURL(file).href };
  await expect(tokenBy(properties)).rejects.toThrow('cannot read a token');
  writeFileSync(file, 'from-a-file\n');
  expect(await tokenBy(properties)).toEqual({ value: 'from-a-file' });
});

it('needs to be told where', () => {
  expect(() => tokenBy({})).toThrow('needs sasl.oauthbearer.token.endpoint.url');
  const properties = { 'sasl.oauthbearer.token.endpoint.url': url };
  expect(() => tokenBy(properties)).toThrow('needs sasl.oauthbearer.client.id');
});
