//! Variables by their scope.

use std::sync::Arc;

use super::State;
use crate::entities::variable::Variable;
use crate::key::*;

type VariableRowKey = (TenantId, ProcessInstanceKey, ElementInstanceKey, Arc<str>);

impl State {
    /// The variables of one scope.
    pub(crate) fn variables_of(
        &self,
        tenant: TenantId,
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
    ) -> Vec<(VariableRowKey, Arc<Variable>)> {
        self.variables.under((tenant, instance, scope))
    }
}
