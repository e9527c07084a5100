import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { proveIdentity, type SaslCredentials } from './exchange.ts';
import { SaslError } from './sasl-error.ts';

/** A server that answers by the script; what it heard is kept. */
function server(...answers: (string | ((heard: string) => string))[]) {
  const heard: string[] = [];
  const carry = (message: Buffer): Promise<Buffer> => {
    const answer = answers[heard.length];
    if (answer === undefined) throw new Error(`unexpected ${message.toString()}`);
    heard.push(message.toString());
    return Promise.resolve(
      Buffer.from(typeof answer === 'string' ? answer : answer(heard.at(-1)!)),
    );
  };
  return { heard, carry };
}

/** What a server of RFC 5802 with this password says; it checks the client's proof. */
function scramServer(hash: 'sha256' | 'sha512', password: string) {
  const salt = Buffer.from('a salt of the server');
  const size = hash === 'sha256' ? 32 : 64;
  const salted = pbkdf2Sync(password, salt, 4096, size, hash);
  const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest();
  let said = '';
  return server(
    (first) => {
      const bare = first.slice('n,,'.length);
      const nonce = /r=(.*)$/.exec(bare)![1]!;
      const answer = `r=${nonce}more,s=${salt.toString('base64')},i=4096`;
      said = `${bare},${answer}`;
      return answer;
    },
    (final) => {
      const [withoutProof, proof] = final.split(',p=') as [string, string];
      said += `,${withoutProof}`;
      const storedKey = createHash(hash).update(hmac(salted, 'Client Key')).digest();
      const signature = hmac(storedKey, said);
      const clientKey = Buffer.from(proof, 'base64').map((byte, i) => byte ^ signature[i]!);
      const known = createHash(hash).update(clientKey).digest().equals(storedKey);
      if (!known) return 'e=invalid-proof';
      return `v=${hmac(hmac(salted, 'Server Key'), said).toString('base64')}`;
    },
  );
}

describe('proveIdentity', () => {
  it('sends name and password at once with PLAIN', async () => {
    const { heard, carry } = server('');
    await proveIdentity({ mechanism: 'PLAIN', username: 'zoë', password: 'p w' }, carry);
    expect(heard).toEqual(['\0zoë\0p w']);
  });

  it.each([
    ['', 'p'],
    ['u', ''],
    ['u\0', 'p'],
    ['u', 'p\0x'],
  ])('sends nothing with PLAIN for the name %j and the password %j', async (username, password) => {
    const { heard, carry } = server();
    const proof = proveIdentity({ mechanism: 'PLAIN', username, password }, carry);
    await expect(proof).rejects.toBeInstanceOf(SaslError);
    expect(heard).toEqual([]);
  });

  it.each(['sha256', 'sha512'] as const)('goes through SCRAM with %s', async (hash) => {
    const mechanism = hash === 'sha256' ? 'SCRAM-SHA-256' : 'SCRAM-SHA-512';
    const credentials = { mechanism, username: 'u', password: 'right' } as const;
    await proveIdentity(credentials, scramServer(hash, 'right').carry);
    const refused = proveIdentity(credentials, scramServer(hash, 'other').carry);
    await expect(refused).rejects.toThrow(/invalid-proof/);
  });

  it('takes a new nonce for each SCRAM exchange', async () => {
    const one = scramServer('sha256', 'p');
    const two = scramServer('sha256', 'p');
    const credentials = { mechanism: 'SCRAM-SHA-256', username: 'u', password: 'p' } as const;
    await proveIdentity(credentials, one.carry);
    await proveIdentity(credentials, two.carry);
    expect(one.heard[0]).not.toBe(two.heard[0]);
  });

  it('sends a token with its extensions with OAUTHBEARER', async () => {
    const { heard, carry } = server('');
    const token = { value: 'a.b.c', extensions: { logicalCluster: 'lkc-1', pool: 'p' } };
    await proveIdentity({ mechanism: 'OAUTHBEARER', token }, carry);
    expect(heard).toEqual([
      'n,,\u0001auth=Bearer a.b.c\u0001logicalCluster=lkc-1\u0001pool=p\u0001\u0001',
    ]);
  });

  it('lets a server that refused a token finish, and tells its reason', async () => {
    const { heard, carry } = server('{"status":"invalid_token"}', '');
    const credentials: SaslCredentials = { mechanism: 'OAUTHBEARER', token: { value: 't' } };
    await expect(proveIdentity(credentials, carry)).rejects.toThrow(/invalid_token/);
    expect(heard[1]).toBe('\u0001');
  });

  it.each([
    { value: '' },
    { value: 'a b' },
    { value: 'a\u0001auth=Bearer b' },
    { value: 't', extensions: { auth: 'x' } },
    { value: 't', extensions: { 'a-b': 'x' } },
    { value: 't', extensions: { ab: 'x\u0001y' } },
  ])('sends no token that would not be read as it is: %j', async (token) => {
    const { heard, carry } = server();
    const proof = proveIdentity({ mechanism: 'OAUTHBEARER', token }, carry);
    await expect(proof).rejects.toBeInstanceOf(SaslError);
    expect(heard).toEqual([]);
  });
});
