//! Error codes and types that servers agree on.

use headroom_domain::FailureKind;

/// Returns the kind of a code or type that means the same with every server that uses it. Those that only repeat the
/// status (`invalid_request_error`) are left out: the status is enough.
pub(crate) fn kind_of_code(code: &str) -> Option<FailureKind> {
    Some(match code.to_ascii_lowercase().as_str() {
        "wrong_api_key"
        | "invalid_api_key"
        | "authentication_error"
        | "auth_error"
        | "token_not_found_in_db"
        | "expired_api_key"
        | "invalid_key"
        | "unauthorized"
        | "unauthenticated"
        | "invalid_authentication_error" => FailureKind::WrongKey,
        "missing_api_key" | "no_api_key" => FailureKind::NoKey,
        "payment_required"
        | "insufficient_quota"
        | "insufficient_credits"
        | "insufficient_balance"
        | "billing_not_active"
        | "billing_hard_limit_reached"
        | "insufficient_user_quota"
        | "insufficient_funds"
        | "budget_exceeded" => FailureKind::Payment,
        "permission_denied" | "permission_error" | "permissions_error" | "forbidden" | "access_denied" => {
            FailureKind::Forbidden
        }
        "model_not_found"
        | "model_decommissioned"
        | "not_found_error"
        | "not_found"
        | "invalid_model"
        | "unknown_model" => FailureKind::NotFound,
        "context_length_exceeded"
        | "exceed_context_size_error"
        | "context_window_exceeded"
        | "context_window_exceeded_error"
        | "contextwindowexceedederror"
        | "string_above_max_length"
        | "prompt_too_long"
        | "input_too_long" => FailureKind::Context,
        "request_too_large" => FailureKind::TooLarge,
        "token_quota_exceeded"
        | "request_quota_exceeded"
        | "too_many_tokens_error"
        | "rate_limit_exceeded"
        | "rate_limit_error"
        | "too_many_requests_error"
        | "too_many_requests"
        | "rate_limited"
        | "rate_limit_reached_error"
        | "resource_exhausted"
        | "throttling" => FailureKind::RateLimited,
        "server_error"
        | "internal_server_error"
        | "api_error"
        | "overloaded_error"
        | "queue_exceeded"
        | "service_unavailable"
        | "unavailable_error"
        | "capacity_exceeded"
        | "engine_overloaded_error"
        | "service_unavailable_error"
        | "overloaded"
        | "unavailable"
        | "internal"
        | "internal_error"
        | "deadline_exceeded" => FailureKind::Server,
        "content_filter"
        | "content_policy_violation"
        | "content_filter_error"
        | "moderation_error"
        | "data_inspection_failed"
        | "responsible_ai_policy_violation"
        | "prohibited_content" => FailureKind::ContentFilter,
        _ => return None,
    })
}
