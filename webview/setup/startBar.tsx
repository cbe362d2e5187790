import * as l10n from '@vscode/l10n'
import type { PageResult } from '../../protocol/page.ts'
import type { SetupFacts, SetupFailure } from '../../protocol/setupPage.ts'
import { describeNewDestinations } from '../../shared/describe/estimate.ts'
import { formatDuration, language, plural } from '../parts/language.ts'
import { Notice, ReasonNotice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { costText } from './estimateSection.tsx'
import type { Editing } from './useDraft.ts'
import type { Taking } from './useEstimate.ts'

type Current = Extract<PageResult<'profile/read'>, { ok: true }>['value']

export interface StartBarProps extends Editing {
  id: string
  facts: SetupFacts
  current: Current
  taking: Taking
  isBusy: boolean
  end: SetupFailure | null
  onFinish(start: boolean, overwrite: boolean): void
}

/** Where the answers are kept, and the way on; it stays in sight. */
export function StartBar(props: StartBarProps) {
  const { id, facts, taking, isBusy, end, onFinish } = props
  const isThere = end?.step === 'keep' && end.reason.code === 'already_exists'
  return (
    <div class="setup-bar">
      {end && (end.step === 'start' || (end.step === 'keep' && !isThere)) ? <ReasonNotice reason={end.reason} /> : null}
      {isThere ? (
        <Notice
          look="warning"
          actions={<Button onClick={() => onFinish(facts.source !== null, true)}>{l10n.t('Replace it')}</Button>}
        >
          {l10n.t('A list has been chosen there in the meantime.')}
        </Notice>
      ) : null}
      {(facts.source !== null && taking.estimate ? describeNewDestinations(language, taking.estimate) : []).map(
        (told) => (
          <Notice key={told} look="info">
            {told}
          </Notice>
        ),
      )}
      <div class="setup-bar-line">
        <Keep {...props} id={id} />
        {facts.source === null || taking.isFree ? null : <LaneChoice {...props} />}
        <span class="setup-bar-figures">{facts.source === null ? '' : figures(taking)}</span>
        <div class="actions">
          <Button
            look={facts.source === null ? 'primary' : 'secondary'}
            disabled={isBusy}
            onClick={() => onFinish(false, false)}
          >
            {facts.source === null ? l10n.t('Save') : l10n.t('Save without starting')}
          </Button>
          {facts.source === null ? null : (
            <Button look="primary" disabled={isBusy} onClick={() => onFinish(true, false)}>
              {l10n.t('Start')}
            </Button>
          )}
        </div>
      </div>
    </div>
  )
}

/** Who can wait pays half. What has no batch API says so where the estimate stands. */
function LaneChoice({ draft, change }: StartBarProps) {
  const isBatch = draft.lane === 'batch'
  return (
    <label title={l10n.t('The provider answers within a day. The run can be left, and goes on where it was.')}>
      <input type="checkbox" checked={isBatch} onChange={() => change({ lane: isBatch ? undefined : 'batch' })} />{' '}
      {l10n.t('in batches, at half the price')}
    </label>
  )
}

function figures({ estimate, isFree }: Taking): string {
  if (!estimate) return ''
  return [
    plural(estimate.toJudge, '{0} item', '{0} items'),
    ...(isFree
      ? []
      : [
          plural(estimate.calls, '{0} call', '{0} calls'),
          estimate.costUsd === null ? l10n.t('price unknown') : l10n.t('cost {0}', costText(estimate)),
        ]),
    ...(estimate.seconds === null || estimate.seconds < 1 ? [] : [formatDuration(estimate.seconds * 1000)]),
  ].join(' · ')
}

function Keep({ id, draft, change, facts, current }: StartBarProps) {
  const { profileFile } = facts
  if (profileFile === null)
    return (
      <p class="facts">
        {l10n.t('Saved as the stored profile, which counts wherever a folder has no file of its own.')}
      </p>
    )
  const isThere = current.from.origin === 'workspace'
  const name = fileName(profileFile)
  if (isThere)
    return (
      <p class="facts" title={profileFile}>
        {l10n.t('Saved to {0}, in place of what is there.', name)}
      </p>
    )
  const choice = (keep: 'workspace' | 'stored', words: string) => (
    <label title={keep === 'workspace' ? profileFile : undefined}>
      <input type="radio" name={id} checked={draft.keep === keep} onChange={() => change({ keep })} /> {words}
    </label>
  )
  return (
    <fieldset class="setup-keep">
      <legend>{l10n.t('Save')}</legend>
      {choice('workspace', l10n.t('for this folder, in {0}', name))}
      {choice('stored', l10n.t('as the stored profile, for all folders without their own file'))}
    </fieldset>
  )
}

/** The part that says where in the folder it is. */
function fileName(path: string): string {
  return path.split(/[/\\]/).slice(-2).join('/')
}
