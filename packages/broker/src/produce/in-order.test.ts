import { expect, it } from 'vitest';
import { InOrder } from './in-order.ts';

it('acts at once where nothing has to be prepared', () => {
  const order = new InOrder<number>();
  expect(order.run(1, () => ['x'], String)).toBe('x');
});

it('acts in the order of the key, whatever is prepared first, and waits for no result', async () => {
  const order = new InOrder<number>();
  const done: string[] = [];
  let release!: (value: string[]) => void;
  const act = ([name]: string[]) => {
    done.push(name!);
    return name === 'first' ? new Promise<string>(() => {}) : Promise.resolve(name!);
  };
  void order.run(1, () => new Promise<string[]>((resolve) => (release = resolve)), act);
  const second = order.run(1, () => ['second'], act);
  expect(await order.run(2, () => ['other'], act)).toBe('other');
  release(['first']);
  expect(await second).toBe('second');
  expect(done).toEqual(['other', 'first', 'second']);
});

it('goes on after a failure, which only its own caller hears of', async () => {
  const order = new InOrder<number>();
  const failing = order.run(1, () => Promise.reject<object>(new Error('no')), String);
  const next = order.run(1, () => ['next'], String);
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
});
