/**
 * What schemas of Zod, Valibot, ArkType and others have in common (https://standardschema.dev), by its
 * shape.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const SHOWN_ISSUES = 5;

export function isStandardSchema(candidate: object): candidate is StandardSchema {
  return '~standard' in candidate;
}

/** What the schema makes of the value; throws its issues in one sentence. */
export function validated<Output>(schema: StandardSchema<unknown, Output>, value: unknown): Output {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new TypeError('the schema validates asynchronously, and messages do not wait for that');
  }
  if (result.issues === undefined) return result.value;
  const shown = result.issues.slice(0, SHOWN_ISSUES).map(({ message, path = [] }) => {
    const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
    return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
  });
  const rest = result.issues.length - shown.length;
  throw new TypeError(`${shown.join('; ')}${rest > 0 ? `; and ${rest} more issues` : ''}`);
}
