import * as l10n from '@vscode/l10n'
import { useLayoutEffect } from 'preact/hooks'
import type { ReadyMadeProfile } from '../../protocol/profile.ts'
import type { Reason } from '../../protocol/reasons.ts'
import { type SetupFacts, SetupPlace } from '../../protocol/setupPage.ts'
import { PanelShell } from '../frame/panelShell.tsx'
import { Notice, ReasonNotice, Unread } from '../parts/notice.tsx'
import { allAnswered } from '../state/answer.ts'
import { useStateIn } from '../state/persistedState.ts'
import { SetupContext, type SetupContextFacts, useAsked, useSetup } from './setupContext.ts'
import { SetupForm } from './setupForm.tsx'

export interface SetupFrameProps {
  context: SetupContextFacts
  place: SetupPlace | null
  announcement: string
}

/** The question that the page is opened for; it stays over hiding and reloading. */
export function SetupFrame({ context, place, announcement }: SetupFrameProps) {
  const { storage, server, now, announce, host } = context
  const [asked, setAsked] = useStateIn(storage, 'question', SetupPlace.nullable(), null)
  useLayoutEffect(() => {
    if (place) setAsked(place)
  }, [place])
  const facts = {
    storage,
    server,
    now,
    announce,
    restartServer: () => void host.command('restartServer', {}),
    showLog: () => void host.command('showLog', {}),
    actionOf: (reason: Reason) => () => void host.command('actOn', { reason }),
  }
  return (
    <SetupContext.Provider value={context}>
      <PanelShell facts={facts} skip={l10n.t('Skip to the page')} announcement={announcement}>
        <h1>{l10n.t('What are these?')}</h1>
        {asked === null ? <NothingAsked /> : <Question key={asked.id} id={asked.id} />}
      </PanelShell>
    </SetupContext.Provider>
  )
}

function NothingAsked() {
  return (
    <Notice look="info">
      {l10n.t(
        'There is nothing to answer here any more. Run "Categorize and score" on a file, or "Change categories", to open this page again.',
      )}
    </Notice>
  )
}

function Question({ id }: { id: string }) {
  const { host } = useSetup()
  const read = allAnswered({
    facts: useAsked<SetupFacts | null>('facts', async () => {
      const facts = await host.command('read', { id })
      return { ok: true, value: facts }
    }).answer,
    ready: useAsked<ReadyMadeProfile[]>('lists', (signal) => host.request('profile/list', {}, signal)).answer,
  })
  const current = useAsked('profile', () => host.command('readProfile', { id })).answer
  if (read.kind !== 'there') return <Unread answer={read} />
  const { facts, ready } = read.value
  if (facts === null) return <NothingAsked />
  if (current.kind === 'failed') return <ReasonNotice reason={current.reason} />
  if (current.kind === 'reading') return <Unread answer={current} />
  return <SetupForm id={id} facts={facts} ready={ready} current={current.value} />
}
