import * as l10n from '@vscode/l10n'
import { useEffect, useId, useState } from 'preact/hooks'
import type { RunItem } from '../../protocol/resultQueries.ts'
import { hasText, type ResultRecord } from '../../protocol/results.ts'
import { LoadingNote, Notice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { CorrectionForm } from './correctionForm.tsx'
import { useResults } from './resultsContext.ts'

export interface CorrectionProps {
  result: ResultRecord
  /** With what may be said of it; null: not read yet. */
  item: RunItem | null
  isOpen: boolean
  onOpen(isOpen: boolean): void
}

/** The button that opens the form of a correction, or why there is none. */
export function Correction({ result, item, isOpen, onOpen }: CorrectionProps) {
  const id = useId()
  const isReadable = hasText(result)
  const asked = useWhyNot(result, isOpen && isReadable)
  const why = isReadable ? asked : unreadable()
  return (
    <>
      <Button describedBy={`${id}-key`} onClick={() => onOpen(!isOpen)}>
        {l10n.t('Correct …')}
      </Button>
      <span class="facts" id={`${id}-key`}>
        {l10n.t('F2 in the table')}
      </span>
      {isOpen ? <Opened why={why} item={item} onEnd={() => onOpen(false)} /> : null}
    </>
  )
}

function Opened({ why, item, onEnd }: { why: WhyNot; item: RunItem | null; onEnd(): void }) {
  if (why.kind === 'asking' || item === null) return <LoadingNote />
  if (why.why !== null) {
    return (
      <Notice look="info" actions={<Button onClick={onEnd}>{l10n.t('Close')}</Button>}>
        {why.why}
      </Notice>
    )
  }
  return <CorrectionForm key={`${item.result.id} ${item.result.inputHash}`} item={item} onEnd={onEnd} />
}

/** Told from the result itself, before anything is filled in. */
function unreadable(): WhyNot {
  return {
    kind: 'asked',
    why: l10n.t(
      'No text of this item could be read, so there is nothing to correct. Fix it in its source and judge it again.',
    ),
  }
}

type WhyNot = { kind: 'asking' } | { kind: 'asked'; why: string | null }

/** Whether corrections can be saved is for the editor to say: it knows which folders are open and trusted. */
function useWhyNot({ runId, id, inputHash }: ResultRecord, isWanted: boolean): WhyNot {
  const { host } = useResults()
  const [answer, setAnswer] = useState<WhyNot>({ kind: 'asking' })
  useEffect(() => {
    if (!isWanted) return
    let isCurrent = true
    setAnswer({ kind: 'asking' })
    void host.command('whyNotCorrected', { runId, id, inputHash }).then((why) => {
      if (isCurrent) setAnswer({ kind: 'asked', why })
    })
    return () => {
      isCurrent = false
    }
  }, [isWanted, runId, id, inputHash, host])
  return answer
}
