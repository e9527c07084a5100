import { bool, string } from '../schema/field.ts';
import { message } from '../schema/message.ts';

export const defaultPrincipalData = message({
  name: 'DefaultPrincipalData',
  versions: [0, 0],
  flexible: 0,
  fields: {
    type: string,
    name: string,
    tokenAuthenticated: bool,
  },
});
