import { categoryColour, variableOf } from '../../shared/categoryColour.ts'

/** A category with its colour beside its name: the colour alone says nothing. */
export function CategoryChip({ name }: { name: string }) {
  return (
    <span class="chip" style={{ '--chip': `var(${variableOf(categoryColour(name))})` }}>
      <span class="chip-dot" aria-hidden="true" />
      {name}
    </span>
  )
}

/** Several, told as a list to whoever hears them. */
export function CategoryChips({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.map((name, place) => (
        <>
          {place > 0 ? <span class="chip-comma">, </span> : null}
          <CategoryChip key={name} name={name} />
        </>
      ))}
    </>
  )
}
