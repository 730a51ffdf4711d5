// Who is logged in, with a link to log out. Nothing on servers without a login.

import { useEffect, useState } from 'react';
import { fetchSession, type Session } from '../../data/session';
import { forgetMap } from '../../offline/forget';
import { useI18n } from '../hooks/context';

export function Person() {
  const { text } = useI18n();
  const [session, setSession] = useState<Session | null>(null);
  useEffect(() => {
    // Offline, and on an older server, no one is shown.
    fetchSession().then(setSession, () => undefined);
  }, []);
  if (!session?.person) return null;
  const { person, sign_out: signOut } = session;
  return (
    <p className="chip-data card person" title={session.roles.join(', ')}>
      <bdi>{person}</bdi>
      {signOut && (
        <>
          {' '}
          <a href={signOut} onClick={(event) => logOut(event, signOut)}>
            {text.signOut}
          </a>
        </>
      )}
    </p>
  );
}

/** The next user of this browser must not find internal tiles. */
function logOut(event: { preventDefault(): void }, address: string): void {
  event.preventDefault();
  void forgetMap().finally(() => location.assign(address));
}
