export { Blocks, type Holder } from './blocks.ts';
export { type AuthConfig, authSettings, authVariables, DEVELOPMENT_SECRET } from './config.ts';
export { rememberTokens } from './remember-tokens.ts';
export { requiredClaims, signToken } from './sign.ts';
export { CODE_LIFETIME_SECONDS, readCode, type SignInCode, signCode } from './sign-in-code.ts';
export { createTokenVerifier, type Identity, type VerifyToken } from './verify.ts';
