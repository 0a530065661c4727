/** The mail server as a form shows it, and as it is sent. Pure. */
import type { Mail, PutMail } from './queries.ts';

/** What stands in the fields; a password is never shown. */
export function standing(mail: Mail): PutMail {
  return {
    host: mail.host,
    ...(mail.port > 0 ? { port: mail.port } : {}),
    security: mail.security,
    username: mail.username,
    password: '',
    from: mail.from,
  };
}

/** What is sent: also what the form does not show, which would be gone else. */
export function sentMail(given: PutMail, mail: Mail): PutMail {
  const { password, username, port, ...rest } = given;
  return {
    ...rest,
    ...(mail.ca ? { ca: mail.ca } : {}),
    ...(port ? { port } : {}),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
  };
}
