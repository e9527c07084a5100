import { forward } from './forward.ts';

/** Versions 0 to 2. Replaces all dynamic configs of a resource. */
export const alterConfigs = forward('AlterConfigs');
