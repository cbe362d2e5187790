import * as l10n from '@vscode/l10n'
import { diffLines } from 'diff'
import { useMemo } from 'preact/hooks'
import { plural } from '../../parts/language.ts'

interface Line {
  kind: 'added' | 'removed' | 'same'
  text: string
}

/** How the text differs from the product's own, line by line, with a line of what is the same around each change. */
export function Differences({ from, to }: { from: string; to: string }) {
  const lines = useMemo(() => differences(from, to.trim()), [from, to])
  const count = lines.filter(({ kind }) => kind !== 'same').length
  return (
    <details class="advanced">
      <summary>
        {plural(
          count,
          'Differences from the product’s own text: {0} line',
          'Differences from the product’s own text: {0} lines',
        )}
      </summary>
      <ol class="differences">
        {lines.map(({ kind, text }, index) => (
          <li key={index} class={`difference-${kind}`}>
            <span class="sign" aria-hidden="true">
              {kind === 'added' ? '+' : kind === 'removed' ? '−' : ' '}
            </span>
            <span class="unseen">{kindWords(kind)}</span>
            <span class="line">{text}</span>
          </li>
        ))}
      </ol>
    </details>
  )
}

function kindWords(kind: Line['kind']): string {
  if (kind === 'same') return ''
  return kind === 'added' ? l10n.t('added: ') : l10n.t('removed: ')
}

function differences(from: string, to: string): Line[] {
  const lines = diffLines(`${from}\n`, `${to}\n`).flatMap(({ value, added, removed }) =>
    value
      .replace(/\n$/, '')
      .split('\n')
      .map((text): Line => ({ kind: added ? 'added' : removed ? 'removed' : 'same', text })),
  )
  const isChange = (index: number) => (lines[index]?.kind ?? 'same') !== 'same'
  return lines.filter((_, index) => isChange(index) || isChange(index - 1) || isChange(index + 1))
}
