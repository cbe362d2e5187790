import * as l10n from '@vscode/l10n'
import type { ModelType, RegisteredModel } from '../../../protocol/models.ts'
import type { ProviderConfig } from '../../../protocol/providers.ts'
import { probeLines } from '../../parts/describeProbe.ts'
import type { KnownModel } from '../../parts/knownModels.ts'
import { formatAge, formatNumber } from '../../parts/language.ts'
import { Notice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { ModelTestProgress, useModelTest } from './modelTest.tsx'

export interface MeasureSectionProps {
  known: KnownModel
  type: ModelType
  /** What the form says and is not saved yet: tests use it. */
  unsaved: ProviderConfig | null
}

/** What the model was found to do, and another look at it. */
export function MeasureSection({ known, type, unsaved }: MeasureSectionProps) {
  const { provider, model, registered } = known
  const test = useModelTest({ provider, model, type, ...(unsaved ? { parameters: unsaved } : {}) })
  const isBusy = test.state.kind === 'running'
  return (
    <section aria-label={l10n.t('Capabilities')}>
      <h3>{l10n.t('Capabilities')}</h3>
      {registered?.isProbeOutdated ? (
        <Notice look="warning">
          {l10n.t(
            'The version of its server has changed since. These are earlier measurements, and runs do not rely on them.',
          )}
        </Notice>
      ) : null}
      <Findings registered={registered} type={type} />
      <div class="actions">
        {type === 'generation' ? (
          <Button onClick={() => test.begin(true)} disabled={isBusy}>
            {l10n.t('Measure …')}
          </Button>
        ) : null}
        <Button onClick={() => test.begin(false)} disabled={isBusy}>
          {type === 'embedding' ? l10n.t('Measure its vectors …') : l10n.t('Test …')}
        </Button>
      </div>
      <ModelTestProgress test={test} />
    </section>
  )
}

function Findings({ registered, type }: { registered: RegisteredModel | null; type: ModelType }) {
  const { now } = usePage()
  const { probe = null, embedding = null } = registered ?? {}
  const found = probe ?? embedding
  if (!found) {
    return <p class="facts">{notMeasuredWords(type)}</p>
  }
  const lines = [
    ...(probe ? probeLines(probe) : []),
    ...(embedding ? [l10n.t('Vector length: {0}', formatNumber(embedding.dimensions))] : []),
  ]
  return (
    <>
      <p class="facts">
        {found.serverVersion
          ? l10n.t('Measured {0}, with version {1} of its server.', formatAge(found.at, now), found.serverVersion)
          : l10n.t('Measured {0}.', formatAge(found.at, now))}
      </p>
      <ul class="findings">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  )
}

function notMeasuredWords(type: ModelType): string {
  if (type === 'embedding') return l10n.t('Not measured yet.')
  return type === 'generation'
    ? l10n.t('Not measured yet: runs find out as they go.')
    : l10n.t('Not measured yet: one question shows what it supports.')
}
