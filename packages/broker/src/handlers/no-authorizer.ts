import { errors } from '@tidelog/protocol';

/** What the APIs of access control answer on a broker without `authorizer.class.name`. */
export const noAuthorizer = {
  errorCode: errors.SECURITY_DISABLED.code,
  errorMessage: 'No Authorizer is configured.',
};
