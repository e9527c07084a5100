/** What commands print: JSON without surprises. */
export type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

/**
 * Plain data as YAML in block style. Strings that YAML would read as something else are quoted as in JSON,
 * which is a part of YAML.
 */
export function yaml(value: Plain): string {
  return `${block(value, '')}\n`;
}

function block(value: Plain, indent: string): string {
  if (Array.isArray(value)) {
    return (value as readonly Plain[])
      .map((item) => `${indent}- ${block(item, `${indent}  `).trimStart()}`)
      .join('\n');
  }
  if (value !== null && typeof value === 'object' && !isEmpty(value)) {
    return Object.entries(value as Record<string, Plain | undefined>)
      .filter((entry): entry is [string, Plain] => entry[1] !== undefined)
      .map(([key, item]) => `${indent}${scalar(key)}:${afterKey(item, indent)}`)
      .join('\n');
  }
  return indent + flow(value);
}

function afterKey(value: Plain, indent: string): string {
  if (value === null || typeof value !== 'object' || isEmpty(value)) return ` ${flow(value)}`;
  return `\n${block(value, `${indent}  `)}`;
}

function isEmpty(value: object): boolean {
  return Array.isArray(value)
    ? value.length === 0
    : Object.values(value).every((item) => item === undefined);
}

function flow(value: Plain): string {
  if (Array.isArray(value)) return '[]';
  if (value !== null && typeof value === 'object') return '{}';
  return typeof value === 'string' ? scalar(value) : String(value);
}

/** Begins and ends with what has no meaning to YAML, and holds nothing that could begin a comment or a key. */
const bare = /^[A-Za-z_/][\w./@+=-]*(?: [\w./@+=-]+)*$/;
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function scalar(text: string): string {
  if (bare.test(text) && !reserved.test(text)) return text;
  return JSON.stringify(text).replaceAll(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
