//! The RFCs: values in, decisions out.
