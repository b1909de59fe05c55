import { setParams, useAddress } from '../address.ts';
import { Tabs } from '../parts/tabs.tsx';
import { Audit } from './audit.tsx';
import { Blocks } from './blocks.tsx';
import { Sessions } from './sessions.tsx';

const TABS = ['sessions', 'blocks', 'audit'] as const;

/** Who is here, who is kept out, and what admins did. */
export function People() {
  const { params } = useAddress();
  const tab = TABS.find((name) => name === params.get('tab')) ?? 'sessions';
  const tabs = (
    <Tabs
      label="What"
      names={TABS}
      chosen={tab}
      onChoose={(name) => setParams({ tab: name, open: undefined, q: undefined })}
    />
  );
  switch (tab) {
    case 'sessions':
      return <Sessions tabs={tabs} />;
    case 'blocks':
      return <Blocks tabs={tabs} />;
    case 'audit':
      return <Audit tabs={tabs} />;
    default:
      return tab satisfies never;
  }
}
