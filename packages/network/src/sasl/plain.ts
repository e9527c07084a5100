import { SaslError } from './sasl-error.ts';

/** The one message of PLAIN (RFC 4616); as in Kafka, nobody acts for somebody else. */
export function plainMessage(username: string, password: string): Buffer {
  if (username === '' || password === '') {
    throw new SaslError('PLAIN needs a user name and a password that are not empty');
  }
  if (`${username}${password}`.includes('\0')) {
    throw new SaslError('a user name or a password of PLAIN has no NUL in it');
  }
  return Buffer.from(`\0${username}\0${password}`);
}
