import * as l10n from '@vscode/l10n'
import type { ResultRecord } from '../../protocol/results.ts'
import { formatNumber } from '../parts/language.ts'
import { LoadingNote, Notice, ReasonNotice } from '../parts/notice.tsx'
import { useAnswer } from './resultsContext.ts'

/** The whole text of an item, as its source has it now; else the first words that the run has kept. */
export function ItemText({ result: { runId, id, inputHash, preview } }: { result: ResultRecord }) {
  const answer = useAnswer('run/itemText', { runId, id, inputHash }, 0)
  return (
    <section class="item-whole" aria-label={l10n.t('Text')}>
      {answer.kind === 'there' ? <Read {...answer.value} preview={preview} /> : <FirstWords preview={preview} />}
      {answer.kind === 'reading' ? <LoadingNote /> : null}
      {answer.kind === 'failed' ? <ReasonNotice reason={answer.reason} /> : null}
    </section>
  )
}

interface ReadProps {
  text: string | null
  isCut: boolean
  isAsJudged: boolean
  preview: string | undefined
}

function Read({ text, isCut, isAsJudged, preview }: ReadProps) {
  if (text === null) {
    return (
      <>
        <Notice look="warning">
          {l10n.t('The source has changed since the run: this item is no longer in it. Its text began:')}
        </Notice>
        <FirstWords preview={preview} />
      </>
    )
  }
  return (
    <>
      {isAsJudged ? null : (
        <Notice look="warning">
          {l10n.t('The source has changed since the run. This is the text as it is now, not as it was judged.')}
        </Notice>
      )}
      <p class="item-words">{text}</p>
      {isCut ? (
        <p class="facts">{l10n.t('Only the first {0} characters are shown.', formatNumber(text.length))}</p>
      ) : null}
    </>
  )
}

function FirstWords({ preview }: { preview: string | undefined }) {
  return preview === undefined ? null : <p class="item-words">{preview} …</p>
}
