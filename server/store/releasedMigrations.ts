/**
 * Every migration that was ever released, in order, with the SHA-256 of its file. A released file never changes: databases were
 * made from it. A new migration is one more file and one more line.
 */
export interface ReleasedMigration {
  name: string
  sha256: string
}

export const releasedMigrations: readonly ReleasedMigration[] = [
  { name: '0001_before_llm_providers', sha256: '54ca11245367bcd864a9970e7d09749f869ec8fd676daec7bf879fb7baf25e07' },
  { name: '0002_llm_providers', sha256: 'd4c899538d60230dabf7a1a62ed9ec7b295f8a2d4262fae4b633ff9979fb4ef7' },
  { name: '0003_categories_and_runs', sha256: 'b5cfa5cad447a5239f1dbe55998dc5db9531cec78dd230e1c92c6d1e9dd365a8' },
  { name: '0004_models_and_usage', sha256: '942c427266b6bea91b77ee1025659a211a9213376fe903c799c01ca6b8ad4f13' },
  { name: '0005_spending_reserved', sha256: '0da6817de7ce65618eba911a39b5243a000221c5bce9294d5266e24e4e5bfe1d' },
  { name: '0006_prompts_and_vectors', sha256: '8e4e5329fe561fcf85b2c15218945c391f3bc2f2fc99d2161f8347a8f26de07a' },
  { name: '0007_revisions_and_sources', sha256: '80534498ed0daf5153f162d829d41c9c5a9b875d0013185bbb166e9a8a7b5946' },
  { name: '0008_limits_and_examples', sha256: 'd796e668d1dee960f6d3ddb2825a4c97f2015420e889e3c2e0cb8b6c7b14644b' },
  { name: '0009_decision_models', sha256: '7ccd12ed39931022488e6e3f96b06e254047420d28e501d339ac5fe4e4bdbcc0' },
  { name: '0010_category_choice', sha256: 'd0d390848a33c7bf8431e065993f1b31d44484dcc7620c9c6cc318ac8e813a35' },
  { name: '0011_general_categories', sha256: '2f7645807577dc7955942260c92705e7dfa903deb4a990fc64e51994d0ba21fc' },
  { name: '0012_threads', sha256: '1c782a83fb855809719ac73ab8563d38a5959add6920047a79920f01f9d0ff9d' },
  { name: '0013_knowledge_bases', sha256: '0895045d3b6d8f51cb0c8efff88a7a5a2a8704058773a0d214b909108b7fef10' },
  { name: '0014_gateways', sha256: 'ae05ae192afa47b13d38046c6f179d20e7989983da6718a9c8a6ead6678e73eb' },
  { name: '0015_registry', sha256: 'd9debe96d4c515172180b7720cb9dfacc12bd369ef4f7194b0260bfd32f4dd09' },
  { name: '0016_stored_criteria', sha256: '0cc79bb489a1192d2301f4e708e9f4fbd10969e4bee1d708752eb072bf7971f1' },
  { name: '0017_aliases', sha256: 'ed19f96bba6fb8634a5b4254c1cc4eb6a0ebd20d5337622841812291efe3e730' },
  { name: '0018_review_floors', sha256: '77b0c01a20cab544380d6b29bb6ebde21f337f74080e3285bd0f35d62925cb8d' },
]
