export * from './apis/index.ts';
export * from './compression/index.ts';
export * from './errors.ts';
export * from './messages/index.ts';
export * from './records/index.ts';
export * from './schema/index.ts';
