//! BPMN 2.0 XML with the zeebe extension namespace, read into a validated, linked model.
