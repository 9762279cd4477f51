//! `/api/v2`: CoCalc's own management calls (contract §1).

pub mod api_keys;
