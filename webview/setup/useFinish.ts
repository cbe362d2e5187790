import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { PageResult } from '../../protocol/page.ts'
import type { Profile } from '../../protocol/profile.ts'
import type { SetupFailure } from '../../protocol/setupPage.ts'
import { useSetup } from './setupContext.ts'
import type { SetupDraft } from './setupDraft.ts'

type Current = Extract<PageResult<'profile/read'>, { ok: true }>['value']

interface Answers {
  id: string
  formId: string
  draft: SetupDraft
  current: Current
  profile: Profile | null
  /** What has to be mended first, in the order of the page; null: nothing. */
  problems: { source: unknown; list: unknown; model: unknown }
  /** The list is still being read: whoever is as fast waits for that, and not for a second click. */
  isReading: boolean
}

export interface Finishing {
  /** Somebody wanted to finish: what is missing may be told. */
  isTried: boolean
  isBusy: boolean
  /** Why it could not be finished; null: it was not tried, or something was changed since. */
  end: SetupFailure | null
  finish(start: boolean, overwrite: boolean): void
  forget(): void
}

/** Keeps what was said, and starts. What is wrong gets the focus instead. */
export function useFinish({ id, formId, draft, current, profile, problems, isReading }: Answers): Finishing {
  const { host, announce } = useSetup()
  const [isTried, setTried] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [end, setEnd] = useState<SetupFailure | null>(null)
  const [wanted, setWanted] = useState<{ start: boolean; overwrite: boolean } | null>(null)
  const finish = async (start: boolean, overwrite: boolean) => {
    if (isReading) return setWanted({ start, overwrite })
    setTried(true)
    if (start && problems.source !== null) return focusOn(`${formId}-source`)
    if (problems.list !== null || !profile) return focusOn(`${formId}-lists`)
    if (start && problems.model !== null) return focusOn(`${formId}-model`)
    setBusy(true)
    const { reading, model, keep, lane, cascade } = draft
    const replaces = overwrite || isReplacing(draft, current)
    const ended = await host.command('finish', {
      ...{ id, reading, model, profile, keep, overwrite: replaces, start },
      ...(lane && { lane }),
      ...(cascade && { cascade }),
    })
    setBusy(false)
    if (ended === null || ended.step === 'done') return
    setEnd(ended)
    announce(l10n.t('The run has not started.'))
  }
  useEffect(() => {
    if (wanted === null || isReading) return
    setWanted(null)
    void finish(wanted.start, wanted.overwrite)
  }, [wanted, isReading])
  return {
    ...{ isTried, isBusy: isBusy || wanted !== null, end },
    finish: (start, overwrite) => void finish(start, overwrite),
    forget: () => setEnd(null),
  }
}

/** What was chosen before is there to be replaced; a file that came meanwhile is not. */
function isReplacing({ keep }: SetupDraft, { isChosen, from }: Current): boolean {
  return keep === 'workspace' ? from.origin === 'workspace' : isChosen
}

function focusOn(id: string): void {
  const place = document.getElementById(id)
  place?.scrollIntoView({ block: 'start' })
  const field = place?.querySelector<HTMLElement>('input:checked, input, vscode-dropdown, vscode-text-area, summary')
  ;(field ?? place)?.focus()
}
