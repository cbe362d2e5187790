import type { PageProps } from '../../pages.ts'
import { LoadingNote } from '../../parts/notice.tsx'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { useReading } from '../../state/serverData.ts'
import { ProviderList } from './providerList.tsx'

/** All that is configured, as a list; one of them, or a new one, as a form. */
export function ProvidersPage(_: PageProps) {
  const providers = useReading('provider/list', {})
  const kinds = useReading('provider/kinds', {})
  const routes = useReading('route/list', {})
  for (const reading of [providers, kinds, routes]) {
    if (reading.kind === 'failed') return <ReasonNotice reason={reading.reason} />
  }
  if (providers.kind !== 'there' || kinds.kind !== 'there' || routes.kind !== 'there') return <LoadingNote />
  return <ProviderList providers={providers.value} kinds={kinds.value} routes={routes.value} />
}
