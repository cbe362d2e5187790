/** What is known, by name; null: nothing is. */
export type Fact = readonly [name: string, value: string] | null

export function FactList({ look, facts }: { look: 'totals' | 'detail-facts'; facts: readonly Fact[] }) {
  return (
    <dl class={look}>
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
