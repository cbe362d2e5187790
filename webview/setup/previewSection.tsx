import * as l10n from '@vscode/l10n'
import { DataTable } from '../parts/dataTable.tsx'
import { formatNumber } from '../parts/language.ts'
import { LoadingNote, ReasonNotice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import type { PreviewRow } from './setupDraft.ts'
import type { Editing } from './useDraft.ts'
import { previewItems, type Taking } from './useEstimate.ts'

export interface PreviewSectionProps extends Editing {
  taking: Taking
  hasList: boolean
}

/** Some items really judged, with their text, so that somebody sees what would come of all. */
export function PreviewSection({ draft, change, taking, hasList }: PreviewSectionProps) {
  const { isFree, basis, judging, estimate, reason } = taking
  const preview = taking.preview ?? draft.preview
  const isOld = preview !== null && preview.basis !== basis
  const isJudging = judging === 'judging'
  return (
    <section aria-label={l10n.t('Preview')}>
      <h2>{l10n.t('Preview')}</h2>
      {hasList ? null : (
        <p class="facts">
          {l10n.t('Once you have chosen a list, {0} items can be judged as a preview.', previewItems)}
        </p>
      )}
      {isFree || !hasList ? null : (
        <div class="setup-line">
          <Button
            onClick={() => taking.judge((judged) => change({ preview: judged }))}
            disabled={isJudging || estimate === null || reason !== null}
          >
            {preview ? l10n.t('Judge {0} more', previewItems) : l10n.t('Judge {0} items now', previewItems)}
          </Button>
          <span class="facts">{l10n.t('The run reuses these results.')}</span>
        </div>
      )}
      {isJudging ? <LoadingNote>{l10n.t('Judging …')}</LoadingNote> : null}
      {typeof judging === 'object' ? <ReasonNotice reason={judging} /> : null}
      {isOld ? <p class="facts">{l10n.t('These were judged before the last change.')}</p> : null}
      {preview && preview.rows.length > 0 ? (
        <div class={isOld ? 'setup-stale' : undefined}>
          <DataTable<PreviewRow>
            caption={l10n.t('Preview')}
            rows={preview.rows}
            keyOf={({ id }) => id}
            columns={[
              { heading: l10n.t('Item'), cell: (row) => <Item {...row} /> },
              { heading: l10n.t('Categories'), cell: (row) => <Verdict {...row} /> },
              {
                heading: l10n.t('Score'),
                isFigure: true,
                cell: ({ score }) => (score === null ? '' : formatNumber(score, { least: 1, most: 1 })),
              },
            ]}
          />
        </div>
      ) : null}
    </section>
  )
}

const shownCharacters = 240

function Item({ id, text }: PreviewRow) {
  const shown = text.length > shownCharacters ? `${text.slice(0, shownCharacters)} …` : text
  return (
    <>
      <span class="setup-text">{shown}</span>
      <span class="facts setup-id">{id}</span>
    </>
  )
}

function Verdict({ categories, error, reasoning }: PreviewRow) {
  if (error !== null) return <span class="problem">{error}</span>
  return (
    <>
      <span>{categories === null || categories.length === 0 ? l10n.t('no category') : categories.join(', ')}</span>
      {reasoning ? <span class="facts setup-id">{reasoning}</span> : null}
    </>
  )
}
