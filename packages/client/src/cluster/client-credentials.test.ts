import { describe, expect, it } from 'vitest';
import { clientCredentials, type ClientCredentialsOptions } from './client-credentials.ts';

const tokenEndpoint = 'https://id.example/token';

function setUp(
  answer: { status?: number; body: unknown },
  options: Partial<ClientCredentialsOptions> = {},
) {
  const asked: { url: string; init: RequestInit }[] = [];
  const token = clientCredentials({
    tokenEndpoint,
    clientId: 'the orders',
    clientSecret: 'a:b',
    fetch: async (url, init) => {
      asked.push({ url: url as string, init: init! });
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      return new Response(text, { status: answer.status ?? 200 });
    },
    ...options,
  });
  return { asked, token };
}

describe('clientCredentials', () => {
  it('asks as RFC 6749 says, and gives the token with its end', async () => {
    const body = { access_token: 'a.b.c', expires_in: 300, token_type: 'Bearer' };
    const { asked, token } = setUp({ body }, { scope: 'kafka', extensions: { pool: 'p' } });
    const before = Date.now();
    const given = await token();
    expect(given).toMatchObject({ value: 'a.b.c', extensions: { pool: 'p' } });
    expect(given.lifetimeMs! - before).toBeGreaterThanOrEqual(300_000);
    const [{ url, init }] = asked as [(typeof asked)[0]];
    expect([url, init.method, init.body]).toEqual([
      tokenEndpoint,
      'POST',
      'grant_type=client_credentials&scope=kafka',
    ]);
    const { authorization } = init.headers as Record<string, string>;
    const pair = Buffer.from(authorization!.slice('Basic '.length), 'base64').toString();
    expect(pair).toBe('the%20orders:a%3Ab');
  });

  it('gives a token without an end where the provider tells none', async () => {
    const { asked, token } = setUp({ body: { access_token: 't' } });
    expect(await token()).toEqual({ value: 't' });
    expect(asked[0]!.init.body).toBe('grant_type=client_credentials');
  });

  it.each([
    [{ status: 401, body: { error: 'invalid_client', error_description: 'who?' } }, /401: who\?/],
    [{ status: 400, body: { error: 'invalid_scope' } }, /400: invalid_scope/],
    [{ status: 502, body: '<html>' }, /502: no reason/],
    [{ body: 'no JSON' }, /no access_token/],
    [{ body: null }, /no access_token/],
    [{ body: { access_token: 5 } }, /no access_token/],
  ])('says what is wrong with %j', async (answer, says) => {
    await expect(setUp(answer).token()).rejects.toThrow(says);
  });
});
